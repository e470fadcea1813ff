package extract

// stopWords returns the words of a language that say nothing about a topic. The lists were written for this
// package.
func stopWords(lang string) string {
	switch lang {
	case "en":
		return stopEN
	case "es":
		return stopES
	case "de":
		return stopDE
	case "pt":
		return stopPT
	case "fr":
		return stopFR
	case "ur":
		return stopUR
	}
	return ""
}

const stopEN = `a about above actually after again against ain't all almost along already also although always am an and another any
anybody anyone anything anyway are aren't around as ask at away back basically be because been before being below between both but by
bye came can can't cannot come comes could couldn't did didn't do does doesn't doing don't done down during each either else enough
especially etc even ever every everybody everyone everything exactly far few first for from further gave get gets getting give go goes
going gone gonna good got gotta guess had hadn't has hasn't have haven't having he he'd he'll he's hello her here here's hers herself hey
hi him himself his how how's however i i'd i'll i'm i've if in instead into is isn't it it'd it'll it's its itself just keep kind kinda
know knows last least less let let's like little look looking looks lot lots made mainly make makes many may maybe me mean means might
mine more most much must my myself need never next no nobody none nope nor not nothing now of off oh ok okay on once one only onto or
other others our ours ourselves out over own perhaps please possibly pretty probably put quite rather really right said same saw say
saying says see seem seemed seems seen shall she she'd she'll she's should shouldn't since so some somebody somehow someone something
sometimes somewhere sort still stuff such sure take taking tell than thank thanks that that'd that'll that's the their theirs them
themselves then there there's these they they'd they'll they're they've thing things think this those though thought through thus to too
took toward try trying two u uh um under unless until up upon us use very via wanna want wanted wants was wasn't way we we'd we'll we're
we've well went were weren't what what's whatever when where where's whether which while who who's whole whom whose why will with within
without won't would wouldn't yeah yep yes yet you you'd you'll you're you've your yours yourself yourselves mm hmm mm-hmm uh-huh alright
sorry great nice cool lol haha got different lets im ive dont doesnt didnt cant isnt thats whats ill youre theres wont kinda cause cuz ya
pls plz btw imo imho afaik oops wow yup mhm hm`

const stopES = `a al algo alguien algún alguna algunas alguno algunos allí ante antes aquel aquella aquello aquí así aun aún aunque bastante
bien bueno cada casi claro como cómo con contra cosa cosas creo cual cuál cuales cualquier cuando cuándo cuanto cuánto da dan de deben
debe decir del demás desde después dice dijo donde dónde dos durante e el él ella ellas ellos en entonces entre era eran eres es esa
esas ese eso esos esta está estaba están estar este esto estos estoy fue fueron gracias gran ha haber había habla hace hacer hacen hacia
han has hasta hay he hola hoy igual ir jaja jajaja la las le les lo los luego más mas me mejor menos mi mí mientras mis misma mismo
momento mucha muchas mucho muchos muy nada nadie ni no nos nosotros nuestra nuestro nunca o otra otras otro otros para parece pero poco
podemos poder podría porque por pues puede pueden puedo que qué quien quién quiere quiero sabe sé sea según sería ser si sí sido siempre
sin sobre sois solo sólo somos son soy su sus tal también tan tanto te tendría tenemos tener tengo ti tiempo tiene tienen todas todavía
toda todo todos tu tú tus un una unas uno unos usted ustedes va vale vamos van vaya ve veo ver vez vosotros voy y ya yo os dar hemos hago
haya estás tienes puedes quieres vas ok buenas buenos días tardes noches creer oye mira perdón genial`

const stopDE = `aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bin bis bisschen bist bitte da dabei
dafür damit dann daran darauf das dass daß davon dazu dein deine dem den denn der des deshalb dich die dies diese diesem diesen dieser
dieses dir doch dort du durch eben ein eine einem einen einer eines einfach einmal er es etwas euch euer eure fast für gab ganz gar geht
genau gerade gern gerne gibt gut guten hab habe haben hast hat hatte hatten hätte hier hin hallo hi ich ihm ihn ihnen ihr ihre ihren im
immer in ins ist ja jede jedem jeden jeder jedes jetzt kann kannst kein keine keinen klar können könnte könnten lassen leider machen
macht mag mal man mehr mein meine meinem meinen meiner mich mir mit moin muss müssen müsste na nach nein nicht nichts noch nochmal nun
nur ob oder ohne okay ok paar recht schon sehr sein seine seit sich sie sind so sogar soll sollen sollte sollten sonst super tja trotzdem
über um und uns unser unsere unter viel viele vielleicht vom von vor wann war waren warum was wäre weil weiß welche welcher welches wenn
wer werde werden wie wieder will wir wird wirklich wo wollen wollte worden wurde würde würden zu zum zur zwar zwischen danke morgen tag
glaube denke meine halt eigentlich quasi natürlich bestimmt heißt mach gehen kommt kommen sieht finde echt stimmt nee jo jup hm ach oh`

const stopPT = `a à ao aos aquela aquele aquilo as às até bem boa bom cada com como da das de dela dele deles depois do dos e é ela elas ele
eles em então entre era eram essa essas esse esses esta está estamos estão estar estas estava este estes estou eu fazer faz foi for foram
gente há isso isto já lá lhe mais mas me mesmo meu meus minha minhas muito muita muitos na nada não nas nem no nos nós nossa nosso num
numa o oi olá onde os ou outra outro outros para pela pelas pelo pelos pode podem poder porque por pra pro qual quando quanto que quê quem
quer quero se sei seja sem sempre ser será seria seu seus sim só sobre são somos sou sua suas também tão te tem têm temos tenho ter teve
teu tipo tinha toda todas todo todos tu tua tudo um uma umas uns vai vamos vão você vocês vou acho agora ai aí ainda algo alguém algum
alguma ali antes aqui assim cara certo coisa coisas dá daí deve dia dois ela fica ficar hoje ir kkk kkkk obrigado obrigada ok pouco pois
né nunca oque pq q tb vc vcs beleza legal dar ver vez fazendo tá tava`

const stopFR = `a à ai ainsi alors après as assez au aucun aussi autre autres aux avait avant avec avez avoir avons beaucoup bien bon bonjour
c ça car ce cela celle celui ces cet cette ceux chaque chez comme comment d dans de depuis des deux dire dit dois doit donc dont du elle
elles en encore entre es est et étaient était étais été être eu eux fait faire faut fois font hui il ils j je jamais juste l la là le les
leur leurs lui m ma mais me même mes mieux moi moins mon n ne ni non nos notre nous on ont ou où oui par parce pas pendant peu peut peux
peuvent plus plutôt pour pourquoi pourrait pouvez près presque puis qu quand que quel quelle quelles quelqu quelque quelques qui quoi rien
s sa sais sans salut sauf se sera serait ses si sinon soit son sont sous souvent suis sur t ta tant te tel tes toi ton toujours tous tout
toute toutes très trop tu un une va vais vas vers veut veux voici voilà vont vos votre vous vraiment vu y merci ok d'accord c'est j'ai
n'est qu'il qu'on s'il d'un d'une l'on ouais ben bah mdr euh hein coucou chose choses crois pense voir accord aujourd'hui avais avaient`

const stopUR = `کا کی کے کو سے میں نے پر اور ہے ہیں تھا تھی تھے ہو ہوا ہوئی ہوئے ہوں ہوگا ہوگی ہوں گے گا گی یہ وہ اس ان اُس اِس کہ جو بھی نہیں تو تک ہی کر کرنا کرنے
کرتا کرتے کرتی کیا کیوں کیسے کب کہاں کون کس کسی کچھ کوئی ایک دو سب بہت ہم آپ میرا میری میرے تم تمہارا ہمارا ہماری ہمارے اپنا اپنی اپنے مجھے ہمیں انہیں اسے
انھیں ہمیں جب تب اب ابھی پھر لیکن مگر یا اگر لیے لئے ساتھ بعد پہلے والا والی والے رہا رہی رہے گیا گئی گئے جا جاتا جاتی جاتے جائے دیا دی دیے دے لے لیا لی چاہیے
چاہئے سکتا سکتے سکتی سکے بات ہاں جی ٹھیک اچھا شکریہ السلام علیکم سلام وعلیکم یار بھائی جناب صاحب ذرا بس کیونکہ طرح وغیرہ نہ مت آج کل صرف خود وقت ہر کرو کریں
کی۔ ہے۔ ہیں۔ گے۔ دیں لیں آ آیا آئی آئے آنا ہونا ہوتا ہوتی ہوتے ہوئے چلو چلیں تھوڑا زیادہ کم یہاں وہاں ادھر`
