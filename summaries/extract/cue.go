package extract

// cues returns the list of a language, or nothing.
func cues(lang, en, es, de, pt, fr, ur string) string {
	switch lang {
	case "en":
		return en
	case "es":
		return es
	case "de":
		return de
	case "pt":
		return pt
	case "fr":
		return fr
	case "ur":
		return ur
	}
	return ""
}

// decidedCues are phrases with which people say that something is settled.
func decidedCues(lang string) string {
	return cues(lang,
		`agreed|decided|decision|we decide|it's settled|settled then|let's go with|lets go with|let's do|lets do|let's take|let's use|let's keep
		|let's make it|going with|we'll go with|we will go with|we'll use|we will use|we'll do|we'll take|we'll meet|we'll keep|then it's|so it's
		|that's the plan|sounds like a plan|poll closed|approved|i'm in favour|consensus|deal|final answer|it's a date|motion carried
		|we are going to|we're going to go with|moved to|confirmed|we agreed`,
		`de acuerdo|decidido|decidimos|hemos decidido|queda decidido|acordado|quedamos en|quedamos a|quedamos el|entonces quedamos|hagámoslo|lo hacemos
		|vamos con|nos quedamos con|aprobado|trato hecho|confirmado|hecho entonces|se queda en`,
		`abgemacht|beschlossen|entschieden|einverstanden|dann machen wir|machen wir so|wir machen|wir nehmen|wir nehmen dann|so machen wir
		|wir treffen uns|bleibt dabei|einigen uns auf|geeinigt|ist beschlossene|steht fest|bestätigt|dann also`,
		`combinado|decidido|decidimos|fechado|fica decidido|vamos com|vamos de|concordo|acordado|aprovado|confirmado|então fica|ficou decidido`,
		`d'accord pour|décidé|on décide|c'est décidé|on part sur|on fait comme|on prend|on se retrouve|convenu|validé|adopté|confirmé|marché conclu
		|entendu pour`,
		`طے ہوا|طے ہو گیا|طے پایا|طے ہے|فیصلہ ہوا|فیصلہ کیا|فیصلہ ہو گیا|متفق|منظور|پکا|تو پھر ٹھیک ہے|یہی کرتے ہیں`)
}

// doneCues are phrases with which people say that something works, is finished, or was a success.
func doneCues(lang string) string {
	return cues(lang,
		`fixed|that fixed|fixed it|works now|it works|that works|that worked|works fine|working now|solved|resolved|it's done|is done|all done
		|finished|shipped|released|merged|deployed|launched|published|landed|got the job|i passed|passed the exam|completed|did the trick|problem solved
		|thanks to|that did it|is live|up and running|we won|signed the|delivered|sorted it|sorted now|is back`,
		`arreglado|ya funciona|funciona ya|funcionó|ha funcionado|solucionado|resuelto|está listo|ya está|terminado|publicado|lanzado|entregado
		|conseguido|lo conseguí|gracias a|completado|reparado`,
		`funktioniert jetzt|geht jetzt|läuft jetzt|läuft wieder|geht wieder|funktioniert wieder|hat geklappt|hat funktioniert|gelöst|behoben|erledigt
		|fertig|repariert|veröffentlicht|geschafft|abgeschlossen|dank dir|das war's|bestanden`,
		`funcionou|resolvido|resolveu|deu certo|consertado|arrumado|está pronto|tá pronto|terminado|terminei|publicado|lançado|entregue|consegui
		|graças a|concluído|aprovada`,
		`ça marche|ça fonctionne|c'est réglé|réglé|résolu|corrigé|réparé|c'est fait|terminé|fini|publié|livré|en ligne|grâce à|réussi|a marché`,
		`ٹھیک ہو گیا|ٹھیک ہو گئی|حل ہو گیا|ہو گیا ہے|مکمل ہو گیا|مکمل|کام کر رہا|چل گیا|چل رہا ہے|کامیاب|ہو گئی ہے|لگ گئی`)
}

// planCues are phrases with which people speak of what is still to come.
func planCues(lang string) string {
	return cues(lang,
		`tomorrow|tonight|next week|next month|next year|next monday|next tuesday|next wednesday|next thursday|next friday|next saturday|next sunday
		|this weekend|on monday|on tuesday|on wednesday|on thursday|on friday|on saturday|on sunday|this friday|this saturday|this sunday
		|by monday|by tuesday|by wednesday|by thursday|by friday|until friday|deadline|due on|is due|starts at|save the date|coming up|upcoming
		|join us|the day after`,
		`mañana|pasado mañana|esta noche|la semana que viene|la próxima semana|próximo|próxima|el lunes|el martes|el miércoles|el jueves|el viernes
		|el sábado|el domingo|este viernes|este sábado|este domingo|fin de semana|fecha límite|antes del`,
		`morgen|übermorgen|heute abend|nächste woche|nächsten|am montag|am dienstag|am mittwoch|am donnerstag|am freitag|am samstag|am sonntag
		|am wochenende|bis montag|bis freitag|frist|termin`,
		`amanhã|depois de amanhã|hoje à noite|semana que vem|próxima semana|na segunda|na terça|na quarta|na quinta|na sexta|no sábado|no domingo
		|fim de semana|prazo|até sexta`,
		`demain|après-demain|ce soir|la semaine prochaine|le mois prochain|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|ce week-end
		|date limite|rendez-vous|d'ici`,
		`کل صبح|کل شام|آنے والے|اگلے ہفتے|اگلے مہینے|پیر کو|منگل کو|بدھ کو|جمعرات کو|جمعہ کو|ہفتہ کو|ہفتے کو|اتوار کو|آج رات|آخری تاریخ|پرسوں`)
}

// proposeCues are phrases with which people propose something.
func proposeCues(lang string) string {
	return cues(lang,
		`should we|shall we|how about|what about|what if|i propose|i suggest|proposal|suggestion|why don't we|could we|can we|we could|we should
		|who's in|who is in|vote|would you like|i'd say|idea`,
		`qué tal si|qué os parece|qué les parece|propongo|sugiero|deberíamos|podríamos|y si|votamos|quién se apunta|os parece|les parece`,
		`sollen wir|wollen wir|wie wäre|wie wär's|was haltet ihr|ich schlage|vorschlag|könnten wir|wir könnten|abstimmen|wer ist dabei|was meint ihr`,
		`que tal|proponho|sugiro|deveríamos|podíamos|poderíamos|e se|votar|quem topa|o que acham|vamos fazer`,
		`si on|et si|je propose|je suggère|on pourrait|on devrait|que pensez|qu'en pensez|votons|qui est partant|ça vous dit`,
		`کیوں نہ|میری تجویز|تجویز ہے|کیا خیال ہے|کیا ہم|ہمیں چاہیے|رائے|کون کون`)
}

// assentCues are phrases with which people say that something suits them.
func assentCues(lang string) string {
	return cues(lang,
		`works for me|fine with me|fine by me|ok for me|okay for me|good for me|suits me|me too|same here|i'm in|im in|count me in|sounds good
		|i'd be there|i'll be there|i can make it|happy with that|in favour|good idea|great idea|love it|let's do it`,
		`me va bien|me parece bien|me viene bien|por mí bien|yo también|a mí también|me apunto|cuenta conmigo|buena idea|allí estaré|de acuerdo`,
		`passt mir|passt für mich|passt gut|für mich ok|geht bei mir|bei mir auch|bin dabei|ich auch|gute idee|von mir aus|klingt gut|mir recht`,
		`por mim tudo bem|pra mim tá bom|funciona para mim|para mim está bom|eu também|tô dentro|estou dentro|conta comigo|boa ideia|pode ser`,
		`ça me va|ça me convient|pour moi c'est bon|moi aussi|j'en suis|bonne idée|compte sur moi|partant|partante`,
		`مجھے منظور|میرے لیے ٹھیک|میں بھی|میں آؤں گا|میں آؤں گی|اچھا خیال|ٹھیک رہے گا`)
}

// answerWords begin an answer, or say that one was heard.
func answerWords(lang string) string {
	return cues(lang,
		`yes yeah yep yup no nope ok okay thanks thank thx ty cool great nice right sure exactly agreed true correct hm hmm ah oh and but or
		because so then also well maybe lol haha it that try you same +1 indeed sorry np welcome good perfect done`,
		`sí si no vale ok gracias claro exacto genial perfecto pues y pero o porque también creo prueba eso jaja bueno igual`,
		`ja nein nee ok okay danke klar genau stimmt super gut und aber oder weil auch dann doch probier versuch das hm ach perfekt gerne jo`,
		`sim não ok obrigado obrigada claro exato isso legal beleza e mas ou porque também então tenta boa kkk valeu`,
		`oui non ok merci d'accord exactement super et mais ou parce aussi donc alors essaie c'est ouais bah parfait`,
		`جی ہاں نہیں ٹھیک شکریہ بالکل اور لیکن مگر کیونکہ اچھا درست صحیح پھر`)
}

// hailWords begin a conversation.
func hailWords(lang string) string {
	return cues(lang,
		`hi hello hey morning anyone anybody everyone everybody folks guys greetings question quick all fyi psa heads reminder`,
		`hola buenas buenos alguien chicos chicas amigos pregunta oigan oíd gente aviso`,
		`hallo hi moin servus jemand leute frage hey zusammen kurze info`,
		`oi olá bom boa alguém pessoal galera gente pergunta dúvida aviso`,
		`bonjour salut bonsoir coucou quelqu'un question hello info`,
		`السلام سلام کسی کوئی دوستو سوال بھائیو`)
}

// dayWords are names of days and months, without which a date is only a number.
func dayWords(lang string) string {
	return cues(lang,
		`monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october november
		december jan feb apr jun jul aug sept oct nov dec am pm o'clock`,
		`lunes martes miércoles jueves viernes sábado domingo enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre`,
		`montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz april mai juni juli august september oktober november
		dezember uhr`,
		`segunda terça quarta quinta sexta sábado domingo janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro`,
		`lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril mai juin juillet août septembre octobre novembre décembre`,
		`پیر منگل بدھ جمعرات جمعہ ہفتہ اتوار جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر بجے`)
}

// troubleWords are what people write when they bring up something new.
func troubleWords(lang string) string {
	return cues(lang,
		`error errors problem problems issue issues help fails failing failed fail broken breaks crash crashes crashing stuck trying doesn't can't
		cannot won't isn't weird wrong anyone anybody suggestions advice recommend looking reminder wondering tried bug update announcement`,
		`error problema problemas ayuda falla fallo roto rota alguien busco recomendáis recomiendan aviso recordatorio comparto propongo`,
		`fehler problem probleme hilfe kaputt jemand suche sucht geht funktioniert klappt erinnerung vorschlag empfehlen`,
		`erro problema problemas ajuda falha quebrou alguém procuro recomendam aviso lembrete proponho`,
		`erreur problème problèmes aide panne cassé quelqu'un cherche recommandez rappel propose`,
		`مسئلہ مسئلے مدد خراب کسی تلاش تجویز اطلاع`)
}

// thankWords end a conversation.
func thankWords(lang string) string {
	return cues(lang,
		`thanks thank thx ty cheers thankyou tnx thnx`,
		`gracias`, `danke dankeschön`, `obrigado obrigada valeu`, `merci`, `شکریہ مہربانی`)
}
